-- What the image brings: a schema with the table of logins, and no account but root's on the local socket.
USE mysql;
DELETE FROM global_priv WHERE User NOT IN ('root', 'mariadb.sys') OR Host <> 'localhost';
DELETE FROM proxies_priv;
CREATE DATABASE jtel CHARACTER SET utf8mb4;
USE jtel;
CREATE TABLE sessions (
    id CHAR(32) CHARACTER SET ascii NOT NULL PRIMARY KEY,
    user VARCHAR(255) NOT NULL,
    server VARCHAR(64) NOT NULL COMMENT 'the web server that took the login',
    opened_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
) ENGINE = InnoDB;
